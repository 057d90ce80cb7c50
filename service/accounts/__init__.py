"""Who may do what: people, phones, sessions and one table of permissions."""
