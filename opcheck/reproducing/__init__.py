"""From a failing case to a short script that shows its defect without opcheck.

`fixed` holds a case at the arrays that were drawn for it, `shrinking` makes it smaller while it
fails the same way, `inlining` takes functions out of their modules, `script` writes, and
`reproduction` conducts and runs what was written.
"""
