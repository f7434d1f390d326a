"""Snapchat: the JSON of « Mes données », or its pages."""
