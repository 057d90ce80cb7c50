"""What is here of what a source tells, and the runs by which it comes."""
