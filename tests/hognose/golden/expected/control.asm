entrypoint:
  ; control:1
      0  mov64 r0, 101
      1  ldxdw r3, [r2-8]
      2  jlt r3, 8, L7
      3  ldxdw r4, [r2+0]
      4  lddw r5, 0x542345d0dae41bcb        ; 6062766286698716107
      6  jeq r4, r5, L8
L7:
      7  exit
L8:
      8  call instruction.run
      9  ja L7

instruction.run:
  ; tests/hognose/golden/samples/control.py:69  def run(accounts: Nobody, n: u64, values: Array[i64]) -> None:
     10  mov64 r7, r3
     11  mov64 r6, r2
     12  lddw r1, 0xc                       ; rodata 'Instruction: Run'
     14  mov64 r2, 16
     15  call sol_log_
     16  mov64 r0, 102
     17  jgt r7, 19, L19
L18:
     18  exit
L19:
     19  ldxw r2, [r6+16]
     20  mov64 r1, r2
     21  lsh64 r1, 3
     22  add64 r1, 20
     23  jne r1, r7, L18
     24  mov64 r0, 6000
  ; tests/hognose/golden/samples/control.py:31  require(len(values) > 0, Error.EMPTY)
     25  jeq r2, 0, L18
  ; tests/hognose/golden/samples/control.py:69  def run(accounts: Nobody, n: u64, values: Array[i64]) -> None:
     26  ldxdw r1, [r6+8]
  ; tests/hognose/golden/samples/control.py:32  low = values[0]
     27  ldxdw r3, [r6+20]
     28  mov64 r5, r3
  ; tests/hognose/golden/samples/control.py:34  for i in range(1, len(values)):
     29  jeq r2, 1, L46
     30  mov64 r4, 1
  ; tests/hognose/golden/samples/control.py:35  if values[i] < low:
     31  add64 r6, 28
     32  mov64 r5, r3
     33  ja L37
L34:
  ; tests/hognose/golden/samples/control.py:34  for i in range(1, len(values)):
     34  add64 r6, 8
  ; tests/hognose/golden/samples/control.py:38  high = values[i]
     35  add64 r4, 1
  ; tests/hognose/golden/samples/control.py:34  for i in range(1, len(values)):
     36  jge r4, r2, L46
L37:
     37  mov64 r0, r3
  ; tests/hognose/golden/samples/control.py:35  if values[i] < low:
     38  ldxdw r7, [r6+0]
     39  mov64 r3, r7
     40  jslt r7, r0, L34
     41  mov64 r3, r0
  ; tests/hognose/golden/samples/control.py:37  elif values[i] > high:
     42  jsle r7, r5, L34
     43  mov64 r5, r7
     44  mov64 r3, r0
  ; tests/hognose/golden/samples/control.py:38  high = values[i]
     45  ja L34
L46:
  ; tests/hognose/golden/samples/control.py:72  set_return_data(Result(low=low, high=high, factor=smallest_factor(n)))
     46  stxdw [r10-16], r5
     47  stxdw [r10-24], r3
     48  mov64 r2, 0
     49  mov64 r3, r1
     50  add64 r3, -2
  ; tests/hognose/golden/samples/control.py:46  while i < len(PRIMES):
     51  ja L55
L52:
     52  add64 r2, 2
     53  mov64 r4, r1
     54  jeq r2, 12, L63
L55:
  ; tests/hognose/golden/samples/control.py:48  if seen[i] == 0 and 1 < n <= 1_000_000:
     55  jgt r3, 999998, L52
     56  lddw r4, 0x0                       ; rodata 0200030005000700 0b000d00496e7374
     58  add64 r4, r2
     59  ldxh r4, [r4+0]
     60  mov64 r5, r1
     61  mod64 r5, r4
     62  jne r5, 0, L52
L63:
  ; tests/hognose/golden/samples/control.py:72  set_return_data(Result(low=low, high=high, factor=smallest_factor(n)))
     63  stxdw [r10-8], r4
     64  mov64 r1, r10
     65  add64 r1, -24
     66  mov64 r2, 24
     67  call sol_set_return_data
     68  mov64 r0, 0
     69  ja L18

rodata: 32 bytes
      0x0  02 00 03 00 05 00 07 00 0b 00 0d 00 49 6e 73 74  ............Inst
     0x10  72 75 63 74 69 6f 6e 3a 20 52 75 6e 00 00 00 00  ruction: Run....
