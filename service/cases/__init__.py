"""Cases: what came of people's needs, who is to be visited when, who was sent where."""
