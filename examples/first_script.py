"""A transfer curve from a script: bench, run, DataFrame with units, and the band beside the data."""

from smtjlab.instruments import Bench
from smtjlab.procedures import TransferCurve, measure

bench = Bench.load("virtual")  # or the file of your own bench: the rest stays as it is
procedure = TransferCurve(start=0.0, stop=0.4, points=21)
run = measure(procedure, bench=bench, junction="fig5-die", model="sllg", out="runs")

frame = run.frame()  # pandas; one row a reading
print(frame.attrs["units"])
print(frame[["gate", "value", "uncertainty", "low95", "high95"]].to_string())
print(run.summary()["verdict"])
