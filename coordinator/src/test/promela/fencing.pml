/*
 * The fencing protocol as the statements of module sql carry it out: two masters, the first with two agents (one that
 * was frozen, and its successor), one buildrequest, and leaders that suspect whoever they like at any moment. Spin
 * tries every order of the steps; FencingModelTest runs the variants, and INVARIANTS.md says what is covered.
 *
 * One step is one SQL statement. A write and its commit are one step, since nobody sees a row before its commit and
 * whoever wants to write it waits; so is all that happens under an exclusive lock on a master's row, after the wait for
 * it. Any transaction may end without a commit instead.
 *
 * Variants that must fail: NO_FENCE, CHECK_WITHOUT_LOCK, KEY_SHARE, NO_ATTEMPT, NO_NEW_EPOCH, NO_LEADER_EPOCH,
 * RESUME_IGNORES_EPOCH; with ROLLBACK also DATABASE_NUMBERS and STALE_NUMBERS.
 */
#define MASTERS  2
#define NOBODY   7
#define ACTIVE   1
#define FENCED   2
#define DEAD     3

#ifndef NUMBERS
#define NUMBERS  5   /* the last number of ZooKeeper, of which two are issued at the start */
#endif
#ifndef ATTEMPTS
#define ATTEMPTS 2   /* claims in all */
#endif

/* Everything that a commit makes durable: quorate.master, .leader, .claim and .history, and buildrequests. */
typedef Tables {
  byte epoch[MASTERS];
  byte state[MASTERS];
  byte incarnation[MASTERS];
  byte ended[MASTERS];        /* history: the last epoch that a fail-over ended */
  byte leader, leaderEpoch;
  byte holder, heldEpoch, attempt;
  bool complete
}
Tables db;

byte sharers[MASTERS];        /* of the masters' rows */
byte leaderSharers;           /* of the leader's row */
byte counter = 2;             /* /epoch in ZooKeeper, which no rollback of the database reaches */
byte file[MASTERS];           /* the epoch in the agent's own state file */
byte attempts;
short issued[MASTERS];        /* I6: every epoch ever issued, one bit each, whatever the database still knows */
short issuedToLead;
bit server;                   /* 1 after a promotion: transactions of the first server are gone */

#define current       (db.epoch[m] == e && db.incarnation[m] == me && db.state[m] == ACTIVE)
#define leads         (db.leaderEpoch == le && db.leader == me)

#ifdef KEY_SHARE
#define updatable(m)  true                /* for key share does not keep an update waiting that changes no key */
#else
#define updatable(m)  (sharers[m] == 0)   /* masters/register, masters/resume */
#endif
#define lockable(m)   (sharers[m] == 0)   /* for update waits for both: masters/lock_victim */

#ifdef NO_FENCE
#define fence         true
#define UNFENCE
#elif defined(CHECK_WITHOUT_LOCK)
#define fence         current
#define UNFENCE
#else                                     /* masters/fence */
#define fence         current -> sharers[m]++
#define UNFENCE       sharers[m]--;
#endif

#ifdef RESUME_IGNORES_EPOCH
#define resumable     true
#else                                     /* masters/resume */
#define resumable     (db.state[m] == ACTIVE && db.epoch[m] == file[m])
#endif

#ifdef NO_ATTEMPT
#define holds(a)      (db.holder == m && db.heldEpoch == e)
#else                                     /* claims/complete, claims/release */
#define holds(a)      (db.holder == m && db.heldEpoch == e && db.attempt == a)
#endif

#ifdef NO_LEADER_EPOCH
#define hold          true
#define UNHOLD
#else                                     /* leader/hold */
#define hold          leads -> leaderSharers++
#define UNHOLD        leaderSharers--;
#endif

#define more          (counter < NUMBERS)
#ifdef STALE_NUMBERS                      /* taken at any time before: others may have taken the next, and used it */
#define TAKE          counter++; number = counter
#define available     true
#define USE           skip
#else                                     /* taken and used without anything in between */
#define TAKE          skip
#define available     more
#define USE           counter++; number = counter
#endif

#ifdef DATABASE_NUMBERS
#define next(epoch)   (epoch + 1)
#else                                     /* greatest(epoch + 1, :number) */
#define next(epoch)   (epoch + 1 > number -> epoch + 1 : number)
#endif

/* I2 and I5, after every commit. */
inline judge() {
  assert(db.holder == NOBODY ||
         (db.state[db.holder] == ACTIVE && db.heldEpoch == db.epoch[db.holder]) ||
         (db.state[db.holder] == FENCED && db.heldEpoch < db.epoch[db.holder]))
}

/* I2: what is written is of an epoch that has not ended, by its present incarnation. */
inline judgeWrite() {
  assert(current && e > db.ended[m])
}

/* I6, in masters/register and masters/end_epoch. */
inline issue(who) {
  USE;
  db.epoch[who] = next(db.epoch[who]);
  assert(!(issued[who] & (1 << db.epoch[who])));
  issued[who] = issued[who] | (1 << db.epoch[who])
}

/* masters/release_claims */
inline releaseClaimsOf(who) {
  if :: db.holder == who -> db.holder = NOBODY; db.heldEpoch = 0; db.attempt = 0 :: else -> skip fi
}

inline copy(to, from) {
  to.epoch[0] = from.epoch[0]; to.state[0] = from.state[0]; to.incarnation[0] = from.incarnation[0];
  to.epoch[1] = from.epoch[1]; to.state[1] = from.state[1]; to.incarnation[1] = from.incarnation[1];
  to.ended[0] = from.ended[0]; to.ended[1] = from.ended[1]; to.leader = from.leader; to.leaderEpoch = from.leaderEpoch;
  to.holder = from.holder; to.heldEpoch = from.heldEpoch; to.attempt = from.attempt; to.complete = from.complete
}

inline begin() { on = server }
/* A transaction whose server is gone ends where it stands; its locks went with the server. */
#define alive (on == server)

proctype Agent(byte me; byte m; byte e) {
  byte le, made, number, seen, a;
  byte v = 1 - m;
  bit on;
end:
  do
  /* T1 masters/resume, then claims/held */
  :: atomic { updatable(m) && resumable ->
              db.state[m] = ACTIVE; e = db.epoch[m]; db.incarnation[m] = me; le = 0; made = 0;
       if :: db.holder == m && db.heldEpoch == e -> made = 1 << db.attempt :: else -> skip fi;
       judge() }

  /* T1 masters/register, masters/release_claims */
  :: atomic { more -> TAKE; begin() };
     if
     :: atomic { alive && updatable(m) && available -> issue(m); releaseClaimsOf(m);
          db.state[m] = ACTIVE; db.incarnation[m] = me; e = db.epoch[m]; file[m] = e; le = 0; made = 0; number = 0;
          judge() }
     :: atomic { true -> number = 0 }
     fi

  /* T2 masters/fence; claims/take */
  :: atomic { attempts < ATTEMPTS && fence; begin() };
     if
     :: atomic { alive && db.holder == NOBODY && !db.complete && attempts < ATTEMPTS ->
          attempts++; db.holder = m; db.heldEpoch = e; db.attempt = attempts; made = made | (1 << attempts);
          judgeWrite(); judge(); UNFENCE }
     :: atomic { alive -> UNFENCE skip }
     :: atomic { !alive -> skip }
     fi

  /* T3 and T8 masters/fence; claims/complete or claims/release, of any attempt that this agent ever made */
  :: atomic { made != 0 && fence; begin();
       if :: made & 2 -> a = 1 :: made & 4 -> a = 2 :: made & 8 -> a = 3 fi };
     if
     :: atomic { alive && holds(a) ->
          judgeWrite(); assert(db.attempt == a); assert(!db.complete);
          if :: db.complete = true :: skip fi;
          db.holder = NOBODY; db.heldEpoch = 0; db.attempt = 0; a = 0; judge(); UNFENCE }
     :: atomic { alive -> a = 0; UNFENCE skip }
     :: atomic { !alive -> a = 0 }
     fi

  /* T4 leader/lead; masters/fence, while the leader's row is locked */
  :: atomic { current && more -> TAKE; begin() };
     if
     :: atomic { alive && leaderSharers == 0 && available && current -> USE;
          db.leaderEpoch = next(db.leaderEpoch); db.leader = me; le = db.leaderEpoch; number = 0;
          assert(!(issuedToLead & (1 << le))); issuedToLead = issuedToLead | (1 << le) }
     :: atomic { true -> number = 0 }
     fi

  /* T5 masters/list; leader/hold; masters/lock_victim, end_epoch and, without sessions, release_claims */
  :: atomic { le != 0 && db.state[v] == ACTIVE && more -> seen = db.epoch[v]; TAKE };
     if
     :: atomic { hold; begin() };
        if
        :: atomic { alive && lockable(v) && available && db.epoch[v] == seen && db.state[v] == ACTIVE ->
             assert(leads); db.ended[v] = seen;
#ifdef NO_NEW_EPOCH
             releaseClaimsOf(v);
#else
             issue(v);
             if :: db.state[v] = DEAD; releaseClaimsOf(v) :: db.state[v] = FENCED fi;
#endif
             judge(); seen = 0; number = 0; UNHOLD }
        :: atomic { alive -> seen = 0; number = 0; UNHOLD skip }
        :: atomic { !alive -> seen = 0; number = 0 }
        fi
     :: atomic { true -> seen = 0; number = 0 }
     fi

  /* T5, second half, after the kill time: leader/hold; masters/lock_victim, masters/release_claims, masters/bury */
  :: atomic { le != 0 && db.state[v] == FENCED && hold; begin() };
     if
     :: atomic { alive && lockable(v) && db.state[v] == FENCED ->
          assert(leads); releaseClaimsOf(v); db.state[v] = DEAD; judge(); UNHOLD }
     :: atomic { alive -> UNHOLD skip }
     :: atomic { !alive -> skip }
     fi
  od
}

#ifdef ROLLBACK
/* An asynchronous standby, as old as it likes, is promoted once: what was committed since is lost. */
proctype Failover() {
  Tables standby;
  d_step { copy(standby, db) };
  d_step { copy(db, standby); sharers[0] = 0; sharers[1] = 0; leaderSharers = 0; server = 1 }
}
#endif

init {
  atomic {
    db.epoch[0] = 1; db.epoch[1] = 2; db.state[0] = ACTIVE; db.state[1] = ACTIVE;
    db.incarnation[0] = 0; db.incarnation[1] = 2; db.leader = NOBODY; db.holder = NOBODY;
    file[0] = 1; file[1] = 2; issued[0] = 2; issued[1] = 4;
    run Agent(0, 0, 1); run Agent(1, 0, 0); run Agent(2, 1, 2);
#ifdef ROLLBACK
    run Failover()
#endif
  }
}
