"""The exercises, each declared once, in modules named after those of coursekit that they mirror."""
