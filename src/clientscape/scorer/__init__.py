"""The exported model: the one road from tables to scores, in training and at night."""
