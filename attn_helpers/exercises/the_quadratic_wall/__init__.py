"""What a block costs: arithmetic, memory, data moved, and steps that wait."""
