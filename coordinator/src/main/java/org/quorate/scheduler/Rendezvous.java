package org.quorate.scheduler;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Weighted rendezvous hashing: each scheduler ranks all masters by {@code -weight / ln(hash)}. The ranking is the same
 * on every machine, and does not depend on the order in which the masters are given. When a master joins or leaves, the
 * order of the others does not change, so the second in the ranking is the natural successor.
 *
 * <p>The hash is FNV-1a over UTF-8, mixed with the finaliser of SplitMix64 (Steele, Lea and Flood 2014): FNV alone
 * leaves names that differ only in their last letter too close together. {@link StrictMath} gives the same logarithm
 * everywhere.
 */
public final class Rendezvous {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;
    private static final double TWO_TO_THE_53 = 0x1.0p53;

    private Rendezvous() {}

    /**
     * A master that could own the scheduler.
     *
     * @param weight its capacity; less than 1 counts as 1, so that a master without slots may still own schedulers
     */
    public record Candidate(String name, int weight) {
        double share() {
            return Math.max(1, weight);
        }
    }

    /** Returns the names of the candidates, the most preferred first. */
    public static List<String> ranking(String scheduler, Collection<Candidate> candidates) {
        return candidates.stream()
                .map(candidate -> new Scored(candidate.name(), score(scheduler, candidate)))
                .sorted(Comparator.comparingDouble(Scored::score).reversed().thenComparing(Scored::name))
                .map(Scored::name)
                .toList();
    }

    private record Scored(String name, double score) {}

    private static double score(String scheduler, Candidate candidate) {
        long hash = stir(stir(fnv(scheduler)) ^ fnv(candidate.name()));
        double between0And1 = ((hash >>> 11) + 0.5) / TWO_TO_THE_53;
        return -candidate.share() / StrictMath.log(between0And1);
    }

    private static long fnv(String text) {
        long hash = FNV_OFFSET;
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (octet & 0xff)) * FNV_PRIME;
        }
        return hash;
    }

    private static long stir(long bits) {
        long stirred = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
        stirred = (stirred ^ (stirred >>> 27)) * 0x94d049bb133111ebL;
        return stirred ^ (stirred >>> 31);
    }
}
