package org.quorate.master;

/**
 * The result of T1.
 *
 * @param authority the authority for all further writes of the agent
 * @param resumed whether the predecessor's epoch, and with it its claims, were kept
 * @param draining whether an operator has drained this master
 * @param released how many claims of an earlier epoch were released in the same commit
 */
public record Registration(Authority authority, boolean resumed, boolean draining, int released) {}
