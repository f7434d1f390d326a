"""One file a measure: values in, a frozen result out; no file and no model is opened here."""
