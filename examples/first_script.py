"""A transfer curve from a script: bench, run, DataFrame with units, and the band beside the data."""

from smtjlab.instruments import Bench
from smtjlab.procedures import TransferCurve, measure

bench = Bench.load("virtual")  # or the file of your own bench: the rest stays as it is
run = measure(TransferCurve(start=0.0, stop=0.4, points=11), bench=bench, junction="fig5-die", model="sllg")

frame = run.frame()  # pandas, one row a reading; units in its metadata
print(frame.attrs["units"])
print(frame[["branch", "gate", "conductance", "standard", "low95", "median", "high95"]].to_string())
print(run.summary()["verdict"])
