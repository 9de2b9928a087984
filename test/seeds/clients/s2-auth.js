// Quoted from the document of the text RPG's manager, 'Authentication'. The test replaces address and token.
// Token in query parameter
const socket = new WebSocket('ws://localhost:8000/ws/chat?token=your_jwt_token');

// Token in headers (if WebSocket client supports)
const socket = new WebSocket('ws://localhost:8000/ws/chat', [], {
    headers: {
        'Authorization': 'Bearer your_jwt_token'
    }
});
