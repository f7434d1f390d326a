"""Drafts for messengers in the person's voice: for contacts on a list, and never sent without a tap."""
