"""WhatsApp: the text of « Exporter la discussion », on any phone and in seven languages."""
