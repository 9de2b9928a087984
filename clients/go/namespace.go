package muster

import (
	"encoding/json"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Reliable events that are known, so that a repeat is not told twice.
const maxRemembered = 1000

var (
	// With one of these the server acts once, however often a command comes.
	ids = []string{"client_msg_id", "action_id", "request_id"}
	// After these another try would be refused as well.
	endings = map[string]bool{
		"token_invalid": true, "token_revoked": true, "unauthorized": true, "forbidden": true, "banned": true, "not_found": true,
	}
	entries = map[string]bool{"message": true, "chat_message": true, "message_edited": true, "message_deleted": true}
)

type call struct {
	id, kind  string
	payload   Fields
	until     time.Time
	sent, own bool
	done      func(Fields, *Error)
}

// Namespace is a connection that comes back by itself.
type Namespace struct {
	client    *Client
	name      string
	enveloped bool
	ended     chan struct{}

	mutex      sync.Mutex
	socket     *websocket.Conn
	ready      bool
	served     bool
	isEnded    bool
	reason     string
	retryAfter time.Duration
	count      int
	calls      map[string]*call
	order      []*call
	listeners  map[string][]func(Fields)
	streams    map[string]*stream
	known      []string
}

func newNamespace(client *Client, name string) *Namespace {
	n := &Namespace{
		client: client, name: name, enveloped: name == "/matchmaking", ended: make(chan struct{}),
		calls: map[string]*call{}, listeners: map[string][]func(Fields){}, streams: map[string]*stream{},
	}
	go n.run()
	go n.watch()
	return n
}

// On takes an event's payload. A reliable event comes once, also after a lost connection.
func (n *Namespace) On(kind string, listener func(Fields)) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.listeners[kind] = append(n.listeners[kind], listener)
}

// Send waits for the answer, 30 seconds at most; no listener may call it while others wait. One whose answer is lost is sent again only
// where an id (client_msg_id, action_id, request_id) makes the server act once. The error is an *Error.
func (n *Namespace) Send(kind string, payload Fields) (Fields, error) {
	type told struct {
		answer  Fields
		failure *Error
	}
	answers := make(chan told, 1)
	n.mutex.Lock()
	n.begin(kind, payload, 30*time.Second, false, func(answer Fields, failure *Error) { answers <- told{answer, failure} })
	n.mutex.Unlock()
	if got := <-answers; got.failure != nil {
		return nil, got.failure
	} else {
		return got.answer, nil
	}
}

// Follow follows a room of "/" or a channel of "/chat", from its end on. gap may be nil. The error is an *Error.
func (n *Namespace) Follow(name string, entry func(Fields), gap func()) error {
	if gap == nil {
		gap = func() {}
	}
	followed := &stream{name: name, resuming: true,
		entry: func(message Fields) { n.client.post(func() { entry(message) }) },
		gap:   func() { n.client.post(gap) },
	}
	answers := make(chan *Error, 1)
	n.mutex.Lock()
	n.streams[name] = followed
	kind, payload := "subscribe", Fields{"room": name}
	if n.name != "/" {
		kind, payload = "history", Fields{"channel": name, "limit": 1}
	}
	n.begin(kind, payload, 30*time.Second, false, func(answer Fields, failure *Error) {
		if failure != nil {
			delete(n.streams, name)
		} else {
			followed.moveTo(answer, false)
			followed.started = true
			followed.release()
		}
		answers <- failure
	})
	n.mutex.Unlock()
	if failure := <-answers; failure != nil {
		return failure
	}
	return nil
}

// Leave ends what Follow began.
func (n *Namespace) Leave(name string) error {
	n.mutex.Lock()
	_, there := n.streams[name]
	delete(n.streams, name)
	n.mutex.Unlock()
	if !there || n.name != "/" {
		return nil
	}
	_, err := n.Send("unsubscribe", Fields{"room": name})
	return err
}

// All below is called with the lock.

func (n *Namespace) begin(kind string, payload Fields, within time.Duration, own bool, done func(Fields, *Error)) {
	if n.isEnded {
		done(nil, refusal(n.reason, "the connection has ended"))
		return
	}
	if payload == nil {
		payload = Fields{}
	}
	n.count++
	one := &call{id: "c" + strconv.Itoa(n.count), kind: kind, payload: payload, until: time.Now().Add(within), own: own, done: done}
	n.calls[one.id] = one
	n.order = append(n.order, one)
	if n.socket != nil && (n.ready || own) {
		n.put(one)
	}
}

func (n *Namespace) put(one *call) {
	one.sent = true
	n.emit(one.kind, one.payload, one.id)
}

func (n *Namespace) emit(kind string, payload Fields, id string) {
	frame := Fields{}
	if n.enveloped {
		frame["data"] = payload
	} else {
		for name, value := range payload {
			frame[name] = value
		}
	}
	frame["type"] = kind
	if id != "" {
		frame["id"] = id
	}
	_ = n.socket.SetWriteDeadline(time.Now().Add(n.client.options.Answer))
	// The reading side sees the same end.
	_ = n.socket.WriteJSON(frame)
}

func (n *Namespace) finish(one *call, answer Fields, failure *Error) {
	if n.calls[one.id] == nil {
		return
	}
	delete(n.calls, one.id)
	for at, each := range n.order {
		if each == one {
			n.order = append(append([]*call{}, n.order[:at]...), n.order[at+1:]...)
			break
		}
	}
	one.done(answer, failure)
}

func (n *Namespace) connected() {
	n.ready, n.served = true, true
	n.change("connected", "")
	for _, one := range n.streams {
		if one.started {
			n.resume(one)
		}
	}
	for _, one := range n.order {
		if !one.own {
			n.put(one)
		}
	}
}

func (n *Namespace) resume(s *stream) {
	since := Fields{"epoch": s.epoch, "offset": s.offset}
	kind, payload := "subscribe", Fields{"room": s.name, "since": since}
	if n.name != "/" {
		since["channel"] = s.name
		kind, payload = "sync", Fields{"cursors": []Fields{since}}
	}
	n.begin(kind, payload, n.client.options.Answer, true, func(answer Fields, failure *Error) {
		if failure != nil {
			if failure.Code == "no_answer" || failure.Code == "unavailable" || failure.Code == "rate_limited" {
				n.abort()
			} else {
				delete(n.streams, s.name)
			}
			return
		}
		if channels, ok := answer["channels"].([]interface{}); ok {
			if len(channels) == 0 {
				delete(n.streams, s.name)
				return
			}
			answer, _ = channels[0].(Fields)
		}
		s.resumed(answer)
		if !s.overflowed && answer["has_more"] != true {
			s.release()
			return
		}
		if s.overflowed {
			s.interrupt()
		}
		n.resume(s)
	})
}

func (n *Namespace) arrived(frame Fields) {
	kind, payload := text(frame, "type"), frame
	if n.enveloped {
		payload, _ = frame["data"].(Fields)
	}
	if kind == "ack" {
		if one := n.calls[text(frame, "id")]; one != nil {
			n.answered(one, payload)
		}
		return
	}
	// One with an event is of a command; others say why the connection is about to end.
	if _, ofCommand := payload["event"]; kind == "error" && !ofCommand {
		n.reason = text(payload, "code")
		n.retryAfter = time.Duration(number(payload, "retry_after_ms")) * time.Millisecond
	}
	if kind == "server_draining" {
		left := n.socket
		time.AfterFunc(time.Duration(number(payload, "reconnect_in_ms"))*time.Millisecond, func() { left.Close() })
	}
	if kind == "token_expiring" {
		go n.refresh()
	}
	if delivery := text(payload, "delivery_id"); delivery != "" {
		n.emit("ack", Fields{"delivery_id": delivery}, "")
		for _, known := range n.known {
			if known == delivery {
				return
			}
		}
		if n.known = append(n.known, delivery); len(n.known) > maxRemembered {
			n.known = n.known[1:]
		}
	}
	key := "channel"
	if n.name == "/" {
		key = "room"
	}
	if s := n.streams[text(payload, key)]; s != nil {
		if kind == "lost" {
			s.moveTo(payload, true)
		} else if _, has := payload["offset"]; has && entries[kind] {
			message := Fields{"event": kind}
			for name, value := range payload {
				message[name] = value
			}
			s.live(message)
		}
	}
	for _, listener := range n.listeners[kind] {
		take := listener
		n.client.post(func() { take(payload) })
	}
}

func (n *Namespace) answered(one *call, answer Fields) {
	if answer["ok"] == true {
		n.finish(one, answer, nil)
		return
	}
	told, _ := answer["error"].(Fields)
	n.finish(one, nil, &Error{Code: text(told, "code"), Message: one.kind + ": " + text(told, "message"), Details: told})
}

func (n *Namespace) change(state, code string) {
	n.client.post(func() { n.client.options.State(n.name, state, code) })
}

func (n *Namespace) abort() {
	if n.socket != nil {
		n.socket.Close()
	}
}

// All below takes the lock itself.

func (n *Namespace) run() {
	failures, last := 0, ""
	for state := "connecting"; ; state = "reconnecting" {
		n.mutex.Lock()
		if n.isEnded {
			n.mutex.Unlock()
			return
		}
		n.change(state, n.reason)
		n.reason, n.retryAfter, n.served = "", 0, false
		n.mutex.Unlock()
		token, err := n.client.token()
		same := token == last
		last = token
		if err == nil {
			err = n.talk(token)
		}
		n.mutex.Lock()
		if n.reason == "" && err != nil {
			n.reason = "unavailable"
		}
		if n.reason == "token_expired" && same {
			n.reason = "token_invalid"
		}
		n.lost()
		failures++
		if n.served {
			failures = 0
		}
		reason, wait := n.reason, n.retryAfter
		n.mutex.Unlock()
		if endings[reason] {
			n.end(reason)
			return
		}
		if wait == 0 {
			wait = n.client.delay(failures)
		}
		select {
		case <-n.ended:
			return
		case <-time.After(wait):
		}
	}
}

// talk reads one connection to its end.
func (n *Namespace) talk(token string) error {
	path := "/ws"
	if n.name != "/" {
		path += n.name
	}
	dialer := websocket.Dialer{HandshakeTimeout: n.client.options.Answer}
	opened, _, err := dialer.Dial(n.client.url+path+"?reliable=true&token="+url.QueryEscape(token), nil)
	if err != nil {
		return err
	}
	defer opened.Close()
	n.mutex.Lock()
	n.socket = opened
	for _, one := range n.streams {
		one.interrupt()
	}
	// The first answer shows that the namespace serves this connection; a refused one gets an error first.
	n.begin("ping", nil, n.client.options.Answer, true, func(_ Fields, failure *Error) {
		if failure == nil {
			n.connected()
		}
	})
	n.mutex.Unlock()
	for {
		_, bytes, err := opened.ReadMessage()
		n.mutex.Lock()
		if n.isEnded {
			err = websocket.ErrCloseSent
		}
		if err != nil {
			if n.reason == "" && websocket.IsCloseError(err, 4401) {
				n.reason = "unauthorized"
			} else if n.reason == "" && websocket.IsCloseError(err, 4403) {
				n.reason = "forbidden"
			}
			n.mutex.Unlock()
			return err
		}
		var frame Fields
		if json.Unmarshal(bytes, &frame) == nil {
			n.arrived(frame)
		}
		n.mutex.Unlock()
	}
}

// lost is called with the lock. What was sent and may not be sent twice has failed; all else waits for the next connection.
func (n *Namespace) lost() {
	n.socket, n.ready = nil, false
	for _, one := range append([]*call{}, n.order...) {
		again := one.kind == "subscribe" || one.kind == "history"
		for _, id := range ids {
			if _, has := one.payload[id]; has {
				again = true
			}
		}
		if one.own || (one.sent && !again) {
			n.finish(one, nil, refusal("no_answer", "the connection was lost before %s was answered", one.kind))
		}
	}
}

func (n *Namespace) refresh() {
	// Without a fresh one the connection ends with the old token, and the next one asks again.
	if token, err := n.client.token(); err == nil {
		n.mutex.Lock()
		defer n.mutex.Unlock()
		n.begin("refresh_token", Fields{"token": token}, n.client.options.Answer, true, func(Fields, *Error) {})
	}
}

// watch keeps the time limits of commands, and the heartbeat.
func (n *Namespace) watch() {
	beat := time.Now()
	for {
		select {
		case <-n.ended:
			return
		case <-time.After(200 * time.Millisecond):
		}
		n.mutex.Lock()
		for _, one := range append([]*call{}, n.order...) {
			if time.Now().Before(one.until) {
				continue
			}
			code := "unavailable"
			if one.sent {
				code = "no_answer"
			}
			n.finish(one, nil, refusal(code, "%s was not answered in time", one.kind))
		}
		if n.ready && time.Since(beat) > n.client.options.Heartbeat {
			beat = time.Now()
			asked := n.socket
			n.begin("ping", nil, n.client.options.Answer, true, func(_ Fields, failure *Error) {
				if failure != nil {
					asked.Close()
				}
			})
		}
		n.mutex.Unlock()
	}
}

func (n *Namespace) end(code string) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.isEnded {
		return
	}
	n.isEnded, n.reason = true, code
	close(n.ended)
	n.change("ended", code)
	n.abort()
	for _, one := range append([]*call{}, n.order...) {
		n.finish(one, nil, refusal(code, "%s: the connection has ended", one.kind))
	}
}
