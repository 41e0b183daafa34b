"""What the window shows: Qt, and no decision."""
