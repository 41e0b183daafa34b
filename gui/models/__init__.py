"""What the window knows: plain Python without Qt, so that each can be tested without a screen."""
