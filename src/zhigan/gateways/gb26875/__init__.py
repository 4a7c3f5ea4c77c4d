"""The door for 用户信息传输装置 that speak GB/T 26875.3-2011 over TCP or UDP."""
