// Package muster is the client of Muster for Go, over plain WebSocket. It needs github.com/gorilla/websocket.
package muster

import (
	"fmt"
	"math/rand"
	"strings"
	"sync"
	"time"
)

// Fields is a payload: JSON as encoding/json reads it, so numbers are float64.
type Fields = map[string]interface{}

// Error is a command or a connection that failed: one of the server's codes, or no_answer, unavailable or closed.
type Error struct {
	Code    string
	Message string
	Details Fields
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Options of a client; what is left out has its default.
type Options struct {
	// State is told of each change: "connecting", "connected", "reconnecting" or "ended", with the code of the reason.
	State func(namespace, state, code string)
	// How long a connection may take, and a heartbeat's answer. Default 10 s.
	Answer time.Duration
	// Default 20 s.
	Heartbeat time.Duration
	// The first wait before reconnecting, doubled up to the last. Default 500 ms and 5 s.
	FirstDelay, LastDelay time.Duration
}

// Client is one server and one user. Listeners are called one after the other, on a goroutine of the client's own.
type Client struct {
	url     string
	token   func() (string, error)
	options Options

	mutex      sync.Mutex
	wake       *sync.Cond
	waiting    []func()
	namespaces map[string]*Namespace
	closed     bool
}

// New makes a client. token is asked before each connection, and for a fresh one before the last ends.
func New(url string, token func() (string, error), options Options) *Client {
	orElse := func(value *time.Duration, other time.Duration) {
		if *value == 0 {
			*value = other
		}
	}
	orElse(&options.Answer, 10*time.Second)
	orElse(&options.Heartbeat, 20*time.Second)
	orElse(&options.FirstDelay, 500*time.Millisecond)
	orElse(&options.LastDelay, 5*time.Second)
	if options.State == nil {
		options.State = func(string, string, string) {}
	}
	c := &Client{
		url:        strings.Replace(strings.TrimRight(url, "/"), "http", "ws", 1),
		token:      token,
		options:    options,
		namespaces: map[string]*Namespace{},
	}
	c.wake = sync.NewCond(&c.mutex)
	go c.tell()
	return c
}

// In is the connection to "/", "/game", "/chat", "/combat", "/world" or "/matchmaking".
func (c *Client) In(name string) *Namespace {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.namespaces[name] == nil {
		c.namespaces[name] = newNamespace(c, name)
	}
	return c.namespaces[name]
}

// Close ends all connections; what waits for an answer fails with closed.
func (c *Client) Close() {
	c.mutex.Lock()
	all := c.namespaces
	c.closed = true
	c.mutex.Unlock()
	for _, one := range all {
		one.end("closed")
	}
	c.post(func() {})
}

func (c *Client) post(call func()) {
	c.mutex.Lock()
	c.waiting = append(c.waiting, call)
	c.mutex.Unlock()
	c.wake.Signal()
}

func (c *Client) tell() {
	for {
		c.mutex.Lock()
		for len(c.waiting) == 0 && !c.closed {
			c.wake.Wait()
		}
		calls := c.waiting
		c.waiting = nil
		ended := c.closed && len(calls) == 0
		c.mutex.Unlock()
		if ended {
			return
		}
		for _, call := range calls {
			call()
		}
	}
}

func (c *Client) delay(failures int) time.Duration {
	most := c.options.LastDelay
	if failures < 10 && c.options.FirstDelay<<uint(failures) < most {
		most = c.options.FirstDelay << uint(failures)
	}
	return most/2 + time.Duration(rand.Int63n(int64(most/2)+1))
}

func text(fields Fields, name string) string {
	if value, ok := fields[name].(string); ok {
		return value
	}
	return ""
}

func number(fields Fields, name string) float64 {
	value, _ := fields[name].(float64)
	return value
}

func refusal(code, format string, words ...interface{}) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, words...)}
}
