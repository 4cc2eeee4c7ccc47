"""The market of the paper exchange: what every price was, is and will be, without any I/O."""
