"""What the reaction-time experiments share."""
