"""Every indicator, declared once, and the tables made of them."""
