"""扫码安装: a device goes from its box into service in a minute, with a network or without."""
