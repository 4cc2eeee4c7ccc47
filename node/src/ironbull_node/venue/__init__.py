"""Speak with venues behind one port."""
