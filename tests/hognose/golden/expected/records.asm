entrypoint:
  ; records:1
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
  ; tests/hognose/golden/samples/records.py:80  def run(accounts: Nobody, owner: Pubkey, amount: u64) -> None:
     10  mov64 r8, r3
     11  mov64 r6, r2
     12  lddw r1, 0x0                       ; rodata 'Instruction: Run'
     14  mov64 r2, 16
     15  call sol_log_
     16  mov64 r7, 102
     17  jeq r8, 48, L20
L18:
     18  mov64 r0, r7
     19  exit
L20:
     20  ldxdw r7, [r6+40]
     21  mov64 r1, r10
     22  add64 r1, -208
  ; tests/hognose/golden/samples/records.py:61  book = Book()
     23  mov64 r2, 0
     24  mov64 r3, 205
     25  call sol_memset_
     26  mov64 r2, 1
  ; tests/hognose/golden/samples/records.py:47  order.amount += amount
     27  ldxdw r3, [r10-12]
     28  mov64 r1, r3
     29  add64 r1, r7
     30  jlt r1, r3, L32
     31  mov64 r2, 0
L32:
     32  and64 r2, 1
     33  jne r2, 0, L117
  ; tests/hognose/golden/samples/records.py:49  if order.amount > book.best.amount:
     34  ldxdw r2, [r10-176]
     35  jgt r1, r2, L50
     36  ldxdw r3, [r6+8]
     37  mov64 r2, 5
     38  mov64 r1, 0
  ; tests/hognose/golden/samples/records.py:51  return book.best.owner == owner
     39  ldxdw r4, [r10-208]
     40  jne r4, r3, L108
     41  ldxdw r3, [r6+16]
     42  ldxdw r4, [r10-200]
     43  jne r4, r3, L108
     44  ldxdw r3, [r6+24]
     45  ldxdw r4, [r10-192]
     46  jne r4, r3, L108
     47  ldxdw r3, [r6+32]
     48  ldxdw r4, [r10-184]
     49  jne r4, r3, L108
L50:
  ; tests/hognose/golden/samples/records.py:56  return (u128(a) * b + u128(c) * d) // max(e, 1) if g else u128(f)
     50  mov64 r3, r7
     51  lsh64 r3, 1
     52  mov64 r2, r3
     53  add64 r2, 12
     54  mov64 r1, 1
     55  jlt r2, r3, L57
     56  mov64 r1, 0
L57:
  ; src/hognose/runtime/wide.py:25  return (a1 * b1 + (middle >> 32) + (other >> 32)) & M64
     57  rsh64 r7, 63
  ; tests/hognose/golden/samples/records.py:56  return (u128(a) * b + u128(c) * d) // max(e, 1) if g else u128(f)
     58  add64 r7, r1
  ; src/hognose/runtime/wide.py:61  if shift != 0:
     59  lsh64 r7, 61
     60  mov64 r3, r2
     61  rsh64 r3, 3
     62  or64 r7, r3
     63  lddw r4, 0xc0000000                ; 3221225472
  ; src/hognose/runtime/wide.py:73  q = top // d1
     65  mov64 r1, r7
     66  div64 r1, r4
     67  lddw r5, 0xffffffff40000000        ; 18446744070488326144
  ; src/hognose/runtime/wide.py:74  r = top % d1
     69  mov64 r4, r1
     70  mul64 r4, r5
     71  add64 r4, r7
  ; src/hognose/runtime/wide.py:64  q1 = _digit(top, d1, d0, rest >> 32)
     72  lsh64 r2, 29
     73  lsh64 r2, 32
     74  rsh64 r2, 32
L75:
     75  lddw r5, 0x100000000               ; 4294967296
  ; src/hognose/runtime/wide.py:75  while q >> 32 != 0 or q * d0 > ((r << 32) | below):
     77  jlt r1, r5, L83
     78  lddw r0, 0xc0000000                ; 3221225472
  ; src/hognose/runtime/wide.py:77  r = r + d1
     80  add64 r4, r0
  ; src/hognose/runtime/wide.py:76  q = q - 1
     81  add64 r1, -1
  ; src/hognose/runtime/wide.py:78  if r >> 32 != 0:
     82  jlt r4, r5, L75
L83:
  ; src/hognose/runtime/wide.py:65  middle = (((top << 32) | (rest >> 32)) - q1 * d) & M64
     83  lsh64 r3, 32
     84  or64 r3, r2
     85  mov64 r2, r1
     86  lsh64 r2, 62
     87  add64 r3, r2
     88  lddw r4, 0xc0000000                ; 3221225472
  ; src/hognose/runtime/wide.py:73  q = top // d1
     90  mov64 r2, r3
     91  div64 r2, r4
     92  lddw r5, 0xffffffff40000000        ; 18446744070488326144
  ; src/hognose/runtime/wide.py:74  r = top % d1
     94  mov64 r4, r2
     95  mul64 r4, r5
     96  add64 r4, r3
L97:
     97  lddw r3, 0x100000000               ; 4294967296
  ; src/hognose/runtime/wide.py:75  while q >> 32 != 0 or q * d0 > ((r << 32) | below):
     99  jlt r2, r3, L105
    100  lddw r5, 0xc0000000                ; 3221225472
  ; src/hognose/runtime/wide.py:77  r = r + d1
    102  add64 r4, r5
  ; src/hognose/runtime/wide.py:76  q = q - 1
    103  add64 r2, -1
  ; src/hognose/runtime/wide.py:78  if r >> 32 != 0:
    104  jlt r4, r3, L97
L105:
  ; src/hognose/runtime/wide.py:67  return ((q1 << 32) + q0) & M64
    105  lsh64 r1, 32
    106  add64 r2, r1
    107  mov64 r1, 1
L108:
  ; tests/hognose/golden/samples/records.py:83  set_return_data(Result(weight=weight, placed=placed))
    108  stxdw [r10-240], r2
    109  stxb [r10-224], r1
    110  mov64 r7, 0
    111  stxdw [r10-232], r7
    112  mov64 r1, r10
    113  add64 r1, -240
    114  mov64 r2, 17
    115  call sol_set_return_data
  ; tests/hognose/golden/samples/records.py:80  def run(accounts: Nobody, owner: Pubkey, amount: u64) -> None:
    116  ja L18
L117:
    117  mov64 r7, 1074790400
    118  ja L18

rodata: 16 bytes
      0x0  49 6e 73 74 72 75 63 74 69 6f 6e 3a 20 52 75 6e  Instruction: Run
