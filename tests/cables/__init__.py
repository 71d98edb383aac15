"""What pulling a cable does, over each line that a reader can be on, in real time.

`lines` is how a simulated terminal is plugged in, `shop` a posd in this process with terminals on
such lines; the tests pull and plug. The same in virtual time, at every message of every move, is in
`tests/simulation/stories`.
"""
