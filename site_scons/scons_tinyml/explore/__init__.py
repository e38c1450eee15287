"""`scons explore`: the variants of a model that no other one beats on its boards, each of them a gated build.

request     what is asked
space       all variants, as places on the axes of the model
study       trials that are kept in a file: Optuna proposes the next ones
gated       builds by SCons, and what forecasts are scaled from
search      generations of trials on an executor
front       which points no other one beats
repeat      trainings with other seeds
result      the record of all, and its files
export      a variant as a model of its own
"""
