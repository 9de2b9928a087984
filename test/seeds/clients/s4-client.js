// Quoted from the document of the XR presence server, 'Example JavaScript Client'. The test replaces the address.
// Connect to WebSocket
const ws = new WebSocket('ws://localhost:8083/ws/test-room?user_id=user123&client_id=client456');

ws.onopen = () => {
  console.log('Connected to WebSocket');
};

ws.onmessage = (event) => {
  const message = JSON.parse(event.data);
  console.log('Received:', message);

  if (message.type === 'SERVER_HELLO') {
    // Send a test message
    ws.send(JSON.stringify({
      type: 'TEST_MESSAGE',
      data: 'Hello from client'
    }));
  }
};

ws.onerror = (error) => {
  console.error('WebSocket error:', error);
};

ws.onclose = () => {
  console.log('Disconnected from WebSocket');
};
