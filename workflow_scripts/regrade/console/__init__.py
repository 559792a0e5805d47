"""What a run says on the screen: one line while it goes on, and what it found at its end."""
