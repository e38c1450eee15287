"""Emulator of microcontrollers, with the cycles that their code takes.

Run an image from reset to its end, and list the costs of its functions:

    from pathlib import Path
    from scons_tinyml.emulator.machine import Machine
    from scons_tinyml.emulator.session import RunRequest, run_session
    from scons_tinyml.records.board import read_board

    board = read_board(Path("boards/stm32l4.toml"))
    machine = Machine(board)
    machine.load(Path("firmware.elf"))
    machine.on_output = lambda channel, data: print(channel, data)
    outcome = run_session(machine, RunRequest(profile=True))
    print(outcome.reason, outcome.exit_code, outcome.cycles, outcome.instructions, outcome.stack_bytes)
    for cost in outcome.profile.functions[:5]:
        print(cost.function.name, cost.cycles, cost.calls)

Step by hand: run up to a function, set its argument, and run over it.

    machine.reset()
    machine.run_until(machine.symbol("filter"))
    machine.set_register("r0", 21)
    before = machine.cycles
    machine.run_until(machine.register("lr") & ~1)
    print(machine.register("r0"), machine.cycles - before)

Send input, which waits for the UART. End a run at an output of the firmware.

    machine.reset()
    machine.send(b"hello")
    stop = machine.run(
        stop_when=lambda: b"done" in machine.take_output("semihosting"), max_instructions=10_000_000
    )
    print(stop.reason)

Replace the core's timing model. `cost` is called once for each instruction, when it is decoded. A native step
adds the costs up, with the flash and the caches of the board (`timing/interface.py`):

    from scons_tinyml.emulator.instruction import Kind
    from scons_tinyml.emulator.timing import Cost, TimingModel

    mine = TimingModel(
        core="cortex-m4",
        version="mine-1",
        cost=lambda instruction: Cost(cycles=2 if instruction.kind is Kind.MULTIPLY else 1),
    )
    machine = Machine(board, model=mine)
    machine.load(Path("firmware.elf"))
    print(run_session(machine, RunRequest()).cycles)
"""
