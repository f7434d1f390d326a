"""Signal: the desktop's backup frames, and the exports of signal-export."""
