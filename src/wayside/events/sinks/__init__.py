"""Where events and measurements leave the site: a file, a webhook, an MQTT broker.

In: batches of deliveries in the order of the outbox. Out: they are taken, or
SinkError says that they must be tried again. Retry lives once, above, in the
store's dispatcher.
"""
