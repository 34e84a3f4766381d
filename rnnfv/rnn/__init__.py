"""The recurrent network that predicts the next element, and the Fisher vector it gives."""
