"""Slack: a workspace's export."""
