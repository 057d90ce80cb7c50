"""Every SQL statement about what arrived: for receiving, for facts, for people who look."""
