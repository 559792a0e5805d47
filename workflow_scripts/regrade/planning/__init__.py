"""What the grid costs, which runs fit a budget, and how fast a device is."""
