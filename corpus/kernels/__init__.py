"""What every scan of text shares: UTF-8, 64-byte blocks, hashes, units."""
