// Quoted from the document of DashDice's matchmaking, 'JavaScript Client Example'. The test replaces the address.
// Connect to WebSocket server
const ws = new WebSocket('ws://localhost:8085/ws/matchmaking?user_id=your_user_id');

// Handle connection events
ws.onopen = () => {
  console.log('Connected to matchmaking server');
};

ws.onmessage = (event) => {
  const message = JSON.parse(event.data);
  
  switch (message.type) {
    case 'match_found':
      console.log('Match found!', message.data);
      // Handle match found notification
      break;
      
    case 'queue_joined':
      console.log('Joined matchmaking queue');
      break;
      
    case 'game_started':
      console.log('Game started!', message.data);
      // Redirect to game or update UI
      break;
      
    case 'error':
      console.error('WebSocket error:', message.data.error);
      break;
  }
};

// Send ping to maintain connection
setInterval(() => {
  if (ws.readyState === WebSocket.OPEN) {
    ws.send(JSON.stringify({
      type: 'ping',
      timestamp: new Date().toISOString()
    }));
  }
}, 30000);
