// Quoted from the document of DashDice's matchmaking, 'React Hook Example', without its type annotations. The test replaces the address.
import { useEffect, useRef, useState } from 'react';

export function useMatchmakingWebSocket(userId) {
  const [connected, setConnected] = useState(false);
  const [lastMessage, setLastMessage] = useState(null);
  const ws = useRef(null);

  useEffect(() => {
    if (!userId) return;

    // Connect to WebSocket
    ws.current = new WebSocket(`ws://localhost:8085/ws/matchmaking?user_id=${userId}`);

    ws.current.onopen = () => {
      setConnected(true);
      console.log('WebSocket connected');
    };

    ws.current.onmessage = (event) => {
      const message = JSON.parse(event.data);
      setLastMessage(message);
    };

    ws.current.onclose = () => {
      setConnected(false);
      console.log('WebSocket disconnected');
    };

    ws.current.onerror = (error) => {
      console.error('WebSocket error:', error);
    };

    // Cleanup on unmount
    return () => {
      if (ws.current) {
        ws.current.close();
      }
    };
  }, [userId]);

  const sendMessage = (message) => {
    if (ws.current && ws.current.readyState === WebSocket.OPEN) {
      ws.current.send(JSON.stringify({
        ...message,
        timestamp: new Date().toISOString()
      }));
    }
  };

  return { connected, lastMessage, sendMessage };
}
