"""Live pictures, states and events over one WebSocket."""
