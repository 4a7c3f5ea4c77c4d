"""Partners are told what happens within their scope: webhooks (CloudEvents, CAP) and a CAP feed."""
