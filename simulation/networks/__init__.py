"""Networks that learn with weights in straintronic junctions and their rivals. Knows no instrument."""
