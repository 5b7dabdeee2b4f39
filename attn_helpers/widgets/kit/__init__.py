"""What every widget is made of: the base class, drawings, checks and scripts."""
