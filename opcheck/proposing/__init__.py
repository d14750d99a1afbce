"""`opcheck new`: a registry row for an op that has none, from its definition and by trying inputs.

`signature` reads the definition, `candidates` lists what each argument may be, `search` goes from
call to call by what TensorFlow says, `trying` runs a call, here or in a process that may die, and
`proposal` widens the first call that runs to a row.
"""
