// What the test of the clients plays, as player.cs does: one line of JSON for each thing that happens.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"muster"
)

var output sync.Mutex

func tell(what string, data interface{}) {
	line, _ := json.Marshal(muster.Fields{"what": what, "data": data})
	output.Lock()
	defer output.Unlock()
	fmt.Println(string(line))
}

func codeOf(err error) string { return err.(*muster.Error).Code }

func main() {
	closing, ended := make(chan bool, 1), make(chan bool, 9)
	client := muster.New(os.Args[1], func() (string, error) { return os.Args[2], nil }, muster.Options{
		Answer: 1500 * time.Millisecond, Heartbeat: 300 * time.Millisecond, FirstDelay: 100 * time.Millisecond,
		State: func(namespace, state, code string) {
			tell("state", namespace+" "+strings.ToUpper(state[:1])+state[1:]+" "+code)
			if state == "ended" {
				ended <- true
			}
		},
	})
	rooms := client.In("/")
	onMessage := func(message muster.Fields) {
		tell("message", message["data"])
		switch message["data"] {
		case "ping":
			go func() {
				if pong, err := client.In("/chat").Send("ping", nil); err == nil {
					tell("pong", pong)
				}
			}()
		case "close":
			closing <- true
		}
	}
	if err := rooms.Follow("lounge", onMessage, func() { tell("gap", nil) }); err != nil {
		tell("failed", codeOf(err))
		<-ended
		return
	}
	tell("following", nil)
	data := muster.Fields{"text": "grüße \"\n\\", "list": []interface{}{1, 2.5, true, nil}}
	sent, _ := rooms.Send("publish", muster.Fields{"room": "lounge", "data": data, "client_msg_id": "1"})
	tell("published", sent["offset"])
	if _, err := rooms.Send("publish", muster.Fields{"room": "elsewhere", "data": 1}); err != nil {
		tell("refused", codeOf(err))
	}
	chat := client.In("/chat")
	chat.On("chat_message", func(told muster.Fields) {
		if told["channel"] == "private" {
			tell("private", told["content"])
		}
	})
	_ = chat.Follow("global", func(entry muster.Fields) { tell("global", entry["content"]) }, nil)
	tell("chatting", nil)
	queued, _ := client.In("/matchmaking").Send("queue_join", muster.Fields{"game_mode": "classic"})
	tell("queued", queued["ticket_id"] != nil)
	<-closing
	client.Close()
	if _, err := rooms.Send("ping", nil); err != nil {
		tell("closed", codeOf(err))
	}
}
