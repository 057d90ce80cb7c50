"""Bytes by their SHA-256: durable before anybody hears of them."""
