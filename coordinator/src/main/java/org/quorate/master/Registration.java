package org.quorate.master;

/**
 * The answer of the database to T1.
 *
 * @param authority what the agent may write with from now on
 * @param resumed whether the epoch, and with it the claims, of the agent's predecessor were kept
 * @param draining whether an operator has drained this master
 * @param released how many claims of an earlier epoch were released in the same commit
 */
public record Registration(Authority authority, boolean resumed, boolean draining, int released) {}
