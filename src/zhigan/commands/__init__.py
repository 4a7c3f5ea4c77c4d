"""DOWN: what people ask devices to do, with approval, expiry and proof."""
