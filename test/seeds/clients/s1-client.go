// Quoted from the document of the Go relay, 'Go Client'. The test replaces the address.
package main

import (
    "encoding/json"
    "log"
    "github.com/gorilla/websocket"
)

type Message struct {
    Type      string      `json:"type"`
    Room      string      `json:"room,omitempty"`
    Data      interface{} `json:"data,omitempty"`
    Error     string      `json:"error,omitempty"`
    Timestamp int64       `json:"timestamp,omitempty"`
}

func main() {
    conn, _, err := websocket.DefaultDialer.Dial("ws://localhost:8081/ws", nil)
    if err != nil {
        log.Fatal(err)
    }
    defer conn.Close()

    // Read connected message
    _, data, _ := conn.ReadMessage()
    var connected Message
    json.Unmarshal(data, &connected)
    log.Printf("Connected: %v", connected.Data)

    // Subscribe to room
    sub := Message{Type: "subscribe", Room: "updates"}
    conn.WriteJSON(sub)

    // Read messages
    for {
        _, data, err := conn.ReadMessage()
        if err != nil {
            log.Println("Read error:", err)
            break
        }
        var msg Message
        json.Unmarshal(data, &msg)
        log.Printf("Received: %+v", msg)
    }
}
