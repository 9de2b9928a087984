// Quoted from the document of the Go relay, 'JavaScript/Browser'. The test replaces the address.
class WebSocketClient {
  constructor(url) {
    this.url = url;
    this.ws = null;
    this.handlers = new Map();
  }

  connect() {
    return new Promise((resolve, reject) => {
      this.ws = new WebSocket(this.url);
      
      this.ws.onopen = () => resolve(this);
      this.ws.onerror = (err) => reject(err);
      
      this.ws.onmessage = (event) => {
        const msg = JSON.parse(event.data);
        const handler = this.handlers.get(msg.type);
        if (handler) handler(msg);
      };
    });
  }

  on(type, handler) {
    this.handlers.set(type, handler);
    return this;
  }

  subscribe(room) {
    this.ws.send(JSON.stringify({ type: 'subscribe', room }));
  }

  unsubscribe(room) {
    this.ws.send(JSON.stringify({ type: 'unsubscribe', room }));
  }

  publish(room, data) {
    this.ws.send(JSON.stringify({ type: 'publish', room, data }));
  }

  broadcast(data) {
    this.ws.send(JSON.stringify({ type: 'broadcast', data }));
  }

  close() {
    this.ws.close();
  }
}

// Usage
const client = new WebSocketClient('ws://localhost:8081/ws');

client
  .on('connected', (msg) => {
    console.log('Connected:', msg.data.client_id);
    client.subscribe('notifications');
  })
  .on('subscribed', (msg) => {
    console.log('Subscribed to:', msg.room);
  })
  .on('message', (msg) => {
    console.log('Message from', msg.room, ':', msg.data);
  })
  .on('error', (msg) => {
    console.error('Error:', msg.error);
  });

await client.connect();
