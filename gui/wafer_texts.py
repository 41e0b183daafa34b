"""Every word of the page of a wafer, in one place, for whoever translates it; the others are in `texts`."""

from __future__ import annotations

WAFER_EMPTY = "No run of a wafer is shown.\n`wafer-walk` on the left measures one, site by site."
COLOUR_BY, CHOSEN = "Colour by", "Chosen"
CHOOSE_SITES = (
    "Click a device, or arrows; with Shift further ones, with Ctrl from die to die. Wheel, + and − zoom, Home and a "
    "double click show the whole wafer."
)
NONE_CHOSEN = "None."
ZOOM_TO = "Zoom to"
ZOOMS = {
    "wafer": ("Wafer", "Show the whole wafer (Home)."),
    "reticle": ("Reticle", "Show the exposure around the device that is chosen."),
    "die": ("Die", "Show the die of the device that is chosen, with its sub-sites."),
}
WISHES = {
    "first": ("Next", "Visit these sites next, in this order."),
    "retest": ("Retest", "Visit these sites once more."),
    "skip": ("Skip", "Leave these sites out."),
}

STACK, STACK_TIP = "Stack …", "Lay several wafer runs of this folder over each other, as `smtjlab wafer stack` does."
STACK_HINT = "Tick two wafers or more that are drawn alike."
STACKING = "Laying them over each other …"
YIELD_OF_DIES, YIELD_OF_SITES = "Yield of dies", "Yield of sites"
MEAN_OF, MEDIAN_OF = "{what} of {device}, mean", "{what} of {device}, median"
WAFER_RUN, NAMELESS = "{name} {run}, {day}", "no drawing"

GO_THERE = "Go there …"
GO_THERE_TIP = "Send the chuck to the device that is chosen (Return). What will happen is told and asked first."
NO_GOING = "The chuck is sent by hand only while no run holds the bench."
LOOKING_AHEAD = "Asking the prober where it is: {site} …"
TRAVEL_QUESTION = (
    "Send the chuck {distance} to {site} of {wafer}? {outputs} The needles separate, the chuck travels, "
    "and both are read back."
)
OUTPUTS_OFF = "All outputs read off, and are read once more."
OUTPUTS_ON = "On now: {which}. They are ramped down, off and read back first."
GO, CANCEL, TOUCH_THERE = "Go", "Cancel", "then set the needles down (touched {touched} times)"
TOUCH_TIP = "Else they stay up. A touch counts for the pads and for the needles."
TRAVELLING = "The chuck is on its way to {site} …"
REACHED = "The chuck is at {site}, needles {needles}, as read back."
TRAVEL_ENDED = "The way of the chuck was ended: look where it is by Self-check."
CHUCK = {"up": "needles up", "down": "contact", "between": "neither up nor down"}

STATE, BIN, MISFIT = "State", "Bin", "Misfit of the model (σ)"
STANDINGS = {
    "planned": "planned",
    "running": "needles here",
    "done": "done",
    "failed": "failed",
    "no_contact": "no contact",
    "skipped": "skipped",
}
COUNTED, NOT_YET, UNSORTED = "{name}: {count}", "not yet", "unsorted"
WISHED = "Run {run} is asked: {wish} {sites}."
