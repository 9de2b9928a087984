// Quoted from the document of the text RPG's manager, 'Client Connection'. The test replaces address and token.
// Connect to game channel
const gameSocket = new WebSocket('ws://localhost:8000/ws/game?token=your_jwt_token');

// Connect to chat channel (authentication required)
const chatSocket = new WebSocket('ws://localhost:8000/ws/chat?token=your_jwt_token');

// Handle messages
gameSocket.onmessage = function(event) {
    const message = JSON.parse(event.data);
    console.log('Game event:', message);
};
